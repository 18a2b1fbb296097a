import type { Page } from 'playwright-core';
import type { Platform } from './board-platform.js';

type Gateway = Platform['gateways'][0];

const collectSignal = 'SIGUSR2';

/** Makes a gateway collect all its garbage at a signal: what is left is what it holds on to. */
export const collectingGatewayEnv = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    `import { setFlagsFromString } from 'node:v8';
     import { runInNewContext } from 'node:vm';
     setFlagsFromString('--expose-gc');
     const collect = runInNewContext('gc');
     process.on('${collectSignal}', () => collect());`,
  )}`,
};

export interface GatewayMemory {
  heapBytes: number;
  /** What waits to be sent to clients is outside of the heap. */
  buffersBytes: number;
}

/** After a collection. The gateway was started with `collectingGatewayEnv`. */
export async function gatewayMemory(gateway: Gateway): Promise<GatewayMemory> {
  // A collection may leave behind what only finalizers release; and the answer makes garbage itself, always the same.
  let metrics = new Map<string, number>();
  for (let i = 0; i < 3; i += 1) {
    gateway.signal(collectSignal);
    metrics = await gatewayMetrics(gateway);
  }
  return {
    heapBytes: metrics.get('nodejs_heap_size_used_bytes') as number,
    buffersBytes: metrics.get('nodejs_external_memory_bytes') as number,
  };
}

/** Those without labels. */
export async function gatewayMetrics({ url }: Gateway): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return new Map([...text.matchAll(/^(\w+) (\S+)$/gm)].map(([, name, value]) => [name as string, Number(value)]));
}

/** Bytes that a page holds on to, after a collection. */
export async function pageHeap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize;
  } finally {
    await session.detach();
  }
}
