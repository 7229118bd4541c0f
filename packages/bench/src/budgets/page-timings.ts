/** Functions that run in the page: each must be complete in itself. */

/** What a page notes of itself from its first moment on. */
export interface Noted {
  largestPaint: number;
  /** What was painted then. */
  largest: string;
  /** The sum of all layout shifts that no input caused. */
  shift: number;
  moved: string[];
  /** From the input of the slowest interaction until the next paint. */
  toPaint: number;
}

declare global {
  interface Window {
    noted: Noted;
  }
}

/** Begins to note. It must run before every script of the page. */
export function noteTimings(): void {
  interface Entry extends PerformanceEntry {
    element?: Element | null;
    value?: number;
    hadRecentInput?: boolean;
    sources?: { node: Node | null; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly }[];
    interactionId?: number;
  }
  const noted: Noted = { largestPaint: 0, largest: '', shift: 0, moved: [], toPaint: 0 };
  window.noted = noted;
  const nameOf = (node: Node | null | undefined) =>
    node instanceof Element
      ? `${node.localName}.${node.className} "${(node.textContent ?? '').slice(0, 30)}"`
      : String(node?.textContent ?? '').slice(0, 30);
  const observe = (type: string, take: (entry: Entry) => void) =>
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) take(entry as Entry);
    }).observe({ type, buffered: true, ...(type === 'event' && { durationThreshold: 16 }) });
  observe('largest-contentful-paint', ({ startTime, element }) => {
    noted.largestPaint = startTime;
    noted.largest = nameOf(element);
  });
  observe('layout-shift', ({ startTime, value = 0, hadRecentInput, sources = [] }) => {
    if (hadRecentInput) return;
    noted.shift += value;
    for (const { node, previousRect, currentRect } of sources)
      noted.moved.push(
        `${Math.round(startTime)} ms, ${value.toFixed(3)}: ${nameOf(node)} ${previousRect.y} to ${currentRect.y}`,
      );
  });
  observe('event', ({ duration, interactionId }) => {
    if (interactionId) noted.toPaint = Math.max(noted.toPaint, duration);
  });
}

/** The time at which everything is drawn: every panel has its figures, and every picture is there. Else undefined. */
export function whenDrawn(shows: string): number | undefined {
  const isThere = document.querySelector(shows) !== null;
  const isWaiting = document.querySelector('[aria-busy="true"], .waiting') !== null;
  const pictures = [...document.querySelectorAll('.picture')];
  const isDrawn = isThere && !isWaiting && pictures.every(({ firstElementChild }) => firstElementChild);
  return isDrawn ? performance.now() : undefined;
}

/** What the page noted, its calls of the API and its scripts. */
export function readTimings(api: string) {
  const resources = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
  const calls = resources.flatMap(({ name, startTime, responseEnd }) => {
    const [path = ''] = name.split(`${api}/`)[1]?.split('?') ?? [];
    return path === '' || path === 'me' || path === 'events' ? [] : { path, startTime, responseEnd };
  });
  const scripts = resources.map(({ name }) => name).filter((name) => name.endsWith('.js'));
  return { ...window.noted, calls, scripts };
}
