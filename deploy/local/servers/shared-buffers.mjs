// @ts-check
const MEGABYTE = 1024 * 1024;
const MIN_MEGABYTES = 512;
const MAX_MEGABYTES = 4_096;
/** The engines, the gateway, and the system's own cache want memory too. */
const SHARE_OF_MEMORY = 1 / 8;

/**
 * What Postgres keeps in its own memory. A payment changes four random places of indexes: where their pages do not fit, it reads
 * two of them anew and writes out two others, while its call waits. Ten million payments have 1.4 GB of such pages.
 * @param {number} memoryBytes of the machine
 */
export function sharedBuffers(memoryBytes) {
  const megabytes = Math.floor((memoryBytes * SHARE_OF_MEMORY) / MEGABYTE);
  return `${Math.min(MAX_MEGABYTES, Math.max(MIN_MEGABYTES, megabytes))}MB`;
}
