import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { addDays, atNoon } from '../../dates.ts';
import { useLanguage } from '../../words/language.tsx';
import { type CalendarWeek, dayAfterKey, weeksOf } from './weeks-of.ts';

/** How a day looks, and what it says in words. */
export interface DayCell {
  class: string;
  text: string;
  content?: ComponentChildren;
  isSelected?: boolean;
}

interface CalendarProps {
  from: string;
  to: string;
  caption: string;
  areWeeksColumns: boolean;
  cellOf(date: string): DayCell;
  /** A click, Enter or Space on a day. `extends`: with Shift, from the day that was chosen before. */
  onChoose?(date: string, options: { extend: boolean }): void;
}

/** Days as a table, and the day below the pointer or with the focus in words. */
export function CalendarTable(props: CalendarProps) {
  const { charts } = useLanguage().words;
  const [read, setRead] = useState<string>();
  // Its many cells are not drawn again for each day that the pointer comes to.
  const days = useMemo(() => <Days {...props} onRead={setRead} />, [props]);
  return (
    <>
      {days}
      <p class="readout" aria-hidden="true">
        {read ? props.cellOf(read).text : charts.calendarHint}
      </p>
    </>
  );
}

/** Weeks from Monday. One day is in the order of the Tab key; arrow keys lead to the others. */
function Days(props: CalendarProps & { onRead(date: string | undefined): void }) {
  const { from, to, caption, areWeeksColumns, cellOf, onChoose, onRead } = props;
  const { words, formats } = useLanguage();
  const table = useRef<HTMLTableElement>(null);
  const [current, setCurrent] = useState(to);
  const inTabOrder = current < from || current > to ? to : current;
  const weeks = weeksOf(from, to);
  const scroll = useScrollToNewest();

  const move = (event: KeyboardEvent) => {
    const date = dateOf(event);
    if (!date) return;
    if (onChoose && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      onChoose(date, { extend: event.shiftKey });
      return;
    }
    const next = dayAfterKey(event.key, date, { from, to, areWeeksColumns });
    if (!next) return;
    event.preventDefault();
    setCurrent(next);
    table.current?.querySelector<HTMLElement>(`[data-date="${next}"]`)?.focus();
  };
  const show = (event: Event) => onRead(dateOf(event));
  const day = (date: string | null, key: string) => {
    if (date === null) return <td key={key} class="no-day" />;
    const { class: look, text, content, isSelected } = cellOf(date);
    return (
      <td
        key={key}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a cell that takes the focus
        role="gridcell"
        class={`day ${look}`}
        data-date={date}
        tabIndex={date === inTabOrder ? 0 : -1}
        aria-selected={onChoose ? isSelected === true : undefined}
      >
        {content}
        <span class="unseen">{text}</span>
      </td>
    );
  };
  const weekdays = Array.from({ length: 7 }, (_, index) => weekdayName(index, formats.locale));

  return (
    <div class="scroll" ref={scroll}>
      {/* biome-ignore lint/a11y/useKeyWithMouseEvents: onFocusIn is the event that bubbles */}
      <table
        class={`calendar ${areWeeksColumns ? 'weeks-columns' : 'weeks-rows'}`}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: arrow keys move in this table
        role="grid"
        aria-multiselectable={onChoose !== undefined}
        ref={table}
        onKeyDown={move}
        onFocusIn={show}
        onMouseOver={show}
        onMouseLeave={() => onRead(undefined)}
        onClick={(event) => {
          const date = dateOf(event);
          if (!date) return;
          setCurrent(date);
          onChoose?.(date, { extend: event.shiftKey });
        }}
      >
        <caption class="unseen">{`${caption}. ${words.charts.calendarHint}`}</caption>
        {areWeeksColumns ? (
          <>
            <thead>
              <tr>
                <td />
                {weeks.map((week, index) => (
                  <th key={week.monday} scope="col">
                    <WeekName week={week} before={weeks[index - 1]} after={weeks[index + 1]} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {weekdays.map((name, weekday) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {weeks.map(({ monday, dates }) => day(dates[weekday] ?? null, monday))}
                </tr>
              ))}
            </tbody>
          </>
        ) : (
          <>
            <thead>
              <tr>
                <td />
                {weekdays.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {weeks.map((week, index) => (
                <tr key={week.monday}>
                  <th scope="row">
                    <WeekName week={week} before={weeks[index - 1]} after={weeks[index + 1]} />
                  </th>
                  {week.dates.map((date, weekday) => day(date, weekdays[weekday] ?? ''))}
                </tr>
              ))}
            </tbody>
          </>
        )}
      </table>
    </div>
  );
}

/** A year is wider than a phone: its newest days are in sight first. */
function useScrollToNewest() {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (place.current) place.current.scrollLeft = place.current.scrollWidth;
  }, []);
  return place;
}

function dateOf(event: Event): string | undefined {
  return (event.target as Element).closest<HTMLElement>('[data-date]')?.dataset.date;
}

/** The month stands where it begins; every week has its name for those who cannot see. */
function WeekName({
  week,
  before,
  after,
}: {
  week: CalendarWeek;
  before: CalendarWeek | undefined;
  after: CalendarWeek | undefined;
}) {
  const { words, formats } = useLanguage();
  const begins = week.dates.find((date) => date?.endsWith('-01'));
  // The rest of a month has a name only if there is room for it.
  const rest = before || beginsMonth(after) ? undefined : week.dates.find((date) => date !== null);
  const first = begins ?? rest;
  const month =
    first &&
    new Intl.DateTimeFormat(formats.locale, { month: 'short', timeZone: 'UTC' }).format(atNoon(first));
  return (
    <>
      {month && <span aria-hidden="true">{month}</span>}
      <span class="unseen">{words.charts.weekOf(formats.date(week.monday))}</span>
    </>
  );
}

function beginsMonth(week: CalendarWeek | undefined): boolean {
  return week?.dates.some((date) => date?.endsWith('-01')) ?? false;
}

/** A Monday: the names of the weekdays begin here. */
const MONDAY = '2024-01-01';

function weekdayName(index: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' }).format(
    atNoon(addDays(MONDAY, index)),
  );
}
