import type { Page } from 'playwright-core';

/**
 * What of a part of the page runs out of it, or is cut without a word: one line each. A text may end in an ellipsis where
 * its style says so; everything else has to be inside.
 */
export function overflows(page: Page, part: string): Promise<string[]> {
  return page.locator(part).evaluateAll((parts) => {
    if (parts.length === 0) return ['there is no such part'];
    // A fraction of a pixel is rounding.
    const slack = 1;
    return parts.flatMap((root) => {
      const view = root.ownerDocument.defaultView;
      const outer = root.getBoundingClientRect();
      const found: string[] = [];
      for (const one of [root, ...root.querySelectorAll('*')]) {
        if (one.closest('.sr-only') || one.closest('svg')) continue;
        const style = view.getComputedStyle(one);
        const box = one.getBoundingClientRect();
        // What is not drawn has no place.
        if (box.width === 0 && box.height === 0) continue;
        const words = `${one.className || one.tagName} "${one.textContent.slice(0, 60)}"`;
        if (box.right > outer.right + slack || box.bottom > outer.bottom + slack || box.left < outer.left - slack) {
          found.push(`${words} runs out`);
        }
        if (style.overflow !== 'visible') {
          const wide = one.scrollWidth > one.clientWidth + slack && style.textOverflow !== 'ellipsis';
          const high = one.scrollHeight > one.clientHeight + slack && style.webkitLineClamp === 'none';
          if (wide || high)
            found.push(
              `${words} is cut: ${one.scrollWidth} x ${one.scrollHeight} in ${one.clientWidth} x ${one.clientHeight}`,
            );
        }
      }
      return found;
    });
  });
}
