import type { ComponentChildren } from 'preact';
import type { TableTwin } from './chart.ts';

/** The figures of a chart as a table. */
export function Twin({ table: { columns, rows, links }, caption }: { table: TableTwin; caption: string }) {
  return (
    <Scrolling name={caption} look="twin">
      <table class="plain">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, isNumber }) => (
              <th key={name} scope="col" class={isNumber ? 'number' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([header, ...cells], row) => (
            <tr key={`${row} ${header}`}>
              <th scope="row" class={columns[0]?.isNumber ? 'number' : undefined}>
                {links?.[row] ? <a href={links[row]}>{header}</a> : header}
              </th>
              {cells.map((cell, index) => (
                <td
                  key={columns[index + 1]?.name}
                  class={columns[index + 1]?.isNumber ? 'number' : undefined}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

/** A place for a table without links that can be wider than its panel. */
export function Scrolling({
  name,
  look,
  children,
}: {
  name: string;
  look?: string;
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without links in it, only the focus lets a keyboard scroll it
    <section class={look ? `scroll ${look}` : 'scroll'} aria-label={name} tabIndex={0}>
      {children}
    </section>
  );
}
