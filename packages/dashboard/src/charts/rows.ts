import { rowHeight } from './row-height.ts';

/** A row of a picture: something with a name, and the address of its page if it has one. */
export interface NamedRow {
  key: string;
  name: string;
  href?: string | undefined;
}

/** In CSS pixels. `charts.css` has the same margin. */
export const MARGIN_TOP = 6;

const LETTER = 7.5;

/** The width of the names. A long one has two lines. */
export function nameWidth(rows: readonly NamedRow[], width: number): number {
  const longest = Math.max(0, ...rows.map(({ name }) => name.length));
  return Math.round(Math.min(240, width * 0.38, longest * LETTER + 16));
}

/** Puts the names before the rows of a picture: they are links for the mouse, on the whole row, and for the keyboard. */
export function withNames(picture: Element, rows: readonly NamedRow[], width: number): Element {
  const place = document.createElement('div');
  place.className = 'named-rows';
  const list = document.createElement('ul');
  for (const { name, href } of rows) {
    const row = document.createElement('li');
    const text = document.createElement(href ? 'a' : 'span');
    if (href) text.setAttribute('href', href);
    text.textContent = name;
    text.setAttribute('title', name);
    text.style.width = `${nameWidth(rows, width)}px`;
    row.style.height = `${rowHeight(rows.length)}px`;
    row.append(text);
    list.append(row);
  }
  place.append(picture, list);
  return place;
}
