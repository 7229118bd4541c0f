import { useWords } from '../words/language.tsx';
import { useShown } from './address.ts';
import { Change } from './change.tsx';

interface RowOfFigures {
  figures: readonly {
    name: string;
    /** Undefined until the answer is there. */
    text: string | undefined;
    /** Undefined if the figure is not compared. */
    change?: number | null | undefined;
  }[];
  isOld: boolean;
  /** What is not in the figures. */
  note: string | undefined;
}

/** Figures of the range with their change. Their places are there before the figures are. */
export function RowOfFigures({ figures, isOld, note }: RowOfFigures) {
  const words = useWords();
  const { compare } = useShown();
  return (
    <section aria-label={words.home.figures}>
      <dl class={`figures${isOld ? ' old' : ''}`}>
        {figures.map(({ name, text, change }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <strong>{text ?? '\u00a0'}</strong>
              {change !== undefined && compare !== 'none' && <Change value={change} />}
            </dd>
          </div>
        ))}
      </dl>
      {note && <p class="about">{note}</p>}
    </section>
  );
}
