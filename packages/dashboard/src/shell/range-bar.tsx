import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Me } from '../api/types.ts';
import { addDays } from '../dates.ts';
import { useLanguage } from '../words/language.tsx';
import { useAddress, useShown } from './address.ts';

const PRESETS = [7, 28, 84, 364];
const DEFAULT_DAYS = 28;

/** The range that is shown, and the one that it is compared with if the view `compares`. Both are in the address. */
export function RangeBar({ me, compares = true }: { me: Me | undefined; compares?: boolean }) {
  const { words, formats } = useLanguage();
  const { range, compare } = words.common;
  const shown = useShown();
  const { change, hrefWith } = useAddress();
  const [isWrong, setWrong] = useState(false);
  const to = shown.to ?? me?.last_final_date ?? me?.last_completed_date ?? '';
  const from = shown.from ?? (to && addDays(to, 1 - DEFAULT_DAYS));
  // Dates of another range are in order, also after a step back.
  useLayoutEffect(() => setWrong(false), [from, to]);
  return (
    <form
      class="range"
      aria-label={range.label}
      onSubmit={(event) => {
        event.preventDefault();
        const asked = Object.fromEntries(new FormData(event.currentTarget)) as Record<'from' | 'to', string>;
        const isInOrder = asked.from <= asked.to;
        setWrong(!isInOrder);
        if (isInOrder) change({ from: asked.from, to: asked.to });
      }}
    >
      <DateField label={range.from} name="from" date={from} min={me?.first_date ?? undefined} />
      <DateField label={range.to} name="to" date={to} max={me?.last_completed_date ?? undefined} />
      <button type="submit">{range.show}</button>
      <p class="presets">
        {range.preset}
        {PRESETS.map((days) => (
          <a
            key={days}
            href={hrefWith(
              days === DEFAULT_DAYS
                ? { from: undefined, to: undefined }
                : { from: to && addDays(to, 1 - days), to },
            )}
            aria-current={from !== '' && from === addDays(to, 1 - days) ? 'true' : undefined}
          >
            {range.days(days, formats.count(days))}
          </a>
        ))}
      </p>
      {compares && (
        <label>
          <span>{compare.label}</span>
          <select
            value={shown.compare}
            onChange={({ currentTarget }) => change({ compare: currentTarget.value })}
          >
            {(['previous', 'year', 'none'] as const).map((known) => (
              <option key={known} value={known}>
                {compare[known]}
              </option>
            ))}
          </select>
        </label>
      )}
      {isWrong && (
        <p class="refusal" role="alert">
          {range.wrongOrder}
        </p>
      )}
    </form>
  );
}

interface DateFieldProps {
  label: string;
  date: string;
  name: 'from' | 'to';
  min?: string | undefined;
  max?: string | undefined;
}

/** A person changes it freely until another range is shown, also by a step back. It keeps the focus then. */
function DateField({ label, date, name, min, max }: DateFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (input.current) input.current.value = date;
  }, [date]);
  return (
    <label>
      <span>{label}</span>
      <input type="date" name={name} required ref={input} min={min} max={max} />
    </label>
  );
}
