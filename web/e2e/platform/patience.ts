/** For what takes a second or two on a machine that has nothing else to do. */
export const patienceMs = 90_000;
