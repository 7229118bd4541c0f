import type { Cell } from '../../api/types.ts';
import { useExplainWords } from '../../words/explain/index.ts';

/** Why the course has no figures of the date. */
export function WhyNot({ notCounted }: { notCounted: NonNullable<Cell['not_counted']> }) {
  const { explain, formats } = useExplainWords();
  const { reason, views, last_date: last } = notCounted;
  return (
    <section class="attention">
      <h3>{explain.notCountedTitle}</h3>
      <p>
        {[
          explain.notCounted[reason],
          views !== null && views > 0 && explain.lost(views, formats.count(views)),
          last === null ? explain.neverCounted : explain.lastRow(formats.date(last)),
        ]
          .filter(Boolean)
          .join(' ')}
      </p>
    </section>
  );
}
