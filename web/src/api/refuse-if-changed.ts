const looked = new Set<string>();

/**
 * Before what is replaced whole is sent for the first time: it must be what its editor saw. Two who send at the same moment
 * are not told apart.
 * @param key of the act: asked again, it may be its own change that is found
 */
export async function refuseIfChanged(key: string, isAsSeen: () => Promise<boolean>): Promise<void> {
  if (looked.has(key)) return;
  if (!(await isAsSeen())) {
    throw new Error(
      'Nothing was done: somebody changed it since you opened this. Close it, look at what it is now, and begin anew.',
    );
  }
  looked.add(key);
}
