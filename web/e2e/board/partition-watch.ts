import type { Page } from 'playwright-core';

/** What the map of partitions showed since the watch began. */
export interface PartitionWatch {
  /** Partitions that the map shows as owned by this engine now. */
  heldBy(engine: string): Promise<number[]>;
  story(): Promise<PartitionStory>;
}

export interface PartitionStory {
  /** The owners that each partition was shown with after the first, in order; `''`: none. */
  owners: Map<number, string[]>;
  /** What stood below the map, in order. */
  words: string[];
}

/** Notes every change on the map and in the words below it, however short it is shown. */
export async function watchPartitions(page: Page): Promise<PartitionWatch> {
  const tile = page.locator('.tile-partitions');
  // What the page's own objects are is not known to this program's compiler.
  await tile.evaluate((element) => {
    const { MutationObserver } = element.ownerDocument.defaultView;
    element.ownerChanges = [];
    element.wordChanges = [];
    new MutationObserver((changes: { attributeName: string; target: { dataset: Record<string, string> } }[]) => {
      for (const { attributeName, target } of changes) {
        if (attributeName === 'data-owner') {
          element.ownerChanges.push([Number(target.dataset.partition), target.dataset.owner]);
        }
      }
      const words = element.querySelector('.takeover')?.textContent;
      if (words && words !== element.wordChanges.at(-1)) element.wordChanges.push(words);
    }).observe(element, { subtree: true, childList: true, characterData: true, attributeFilter: ['data-owner'] });
  });
  return {
    heldBy: (engine) =>
      tile
        .locator(`[data-partition][data-owner="${engine}"]`)
        .evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.partition))),
    async story() {
      const changes: [number, string][] = await tile.evaluate((element) => element.ownerChanges);
      const owners = new Map<number, string[]>();
      for (const [partition, owner] of changes) owners.set(partition, [...(owners.get(partition) ?? []), owner]);
      return { owners, words: await tile.evaluate((element) => element.wordChanges) };
    },
  };
}
