import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { ApiError } from '../../api/client.ts';
import { type CellOf, useCell } from '../../api/explain-queries.ts';
import type { Cell, Me } from '../../api/types.ts';
import { numberText } from '../../charts/chart.ts';
import { Failure } from '../../shell/panel.tsx';
import { useExplainWords } from '../../words/explain/index.ts';
import { Facts } from './facts.tsx';
import { History } from './history.tsx';
import { Recount } from './recount.tsx';
import { Sources } from './sources.tsx';
import { WhyNot } from './why-not.tsx';

/** Explains a figure of a course and date beside the page. `onClose` runs if the reader closes it. */
export function Drawer({ cell, name, me, onClose }: { cell: CellOf; name: string; me: Me; onClose(): void }) {
  const { explain, words, formats } = useExplainWords();
  const title = useId();
  const result = useCell(cell);
  const { date, course, metric } = cell;
  const below = me.suppress_below;
  // The page shows the course, so it exists. Which of the two it is, the gateway does not say.
  const isWithheld = below > 0 && result.error instanceof ApiError && result.error.code === 'NOT_FOUND';
  return (
    <Modal labelledBy={title} onClose={onClose}>
      <header>
        <div>
          <h2 id={title}>{explain.title(words.figures.metrics[metric], formats.fullDate(date))}</h2>
          <p class="about">{name}</p>
        </div>
        {/* It closes the dialog by itself, as the Escape key does. */}
        <form method="dialog">
          <button type="submit" class="quiet">
            {explain.close}
          </button>
        </form>
      </header>
      {isWithheld && <p class="attention">{explain.withheld(formats.count(below))}</p>}
      {result.error && !isWithheld && (
        <Failure
          error={result.error}
          hasOldFigures={result.data !== undefined}
          retry={() => result.refetch()}
        />
      )}
      {!result.data && !result.error && (
        <p class="waiting" role="status">
          <span class="unseen">{words.common.panel.loading}</span>
        </p>
      )}
      {result.data && <Explanation cell={result.data} me={me} />}
      {result.data && me.role === 'administrator' && (
        <Recount key={`${date} ${course}`} date={date} course={course} />
      )}
    </Modal>
  );
}

function Explanation({ cell, me }: { cell: Cell; me: Me }) {
  const { explain, words, formats } = useExplainWords();
  return (
    <>
      <p class="value">
        <strong>{cell.value === null ? explain.noValue : numberText(cell.value, { words, formats })}</strong>{' '}
        <span class="about">{words.figures.states[cell.state]}</span>
      </p>
      {cell.not_counted && <WhyNot notCounted={cell.not_counted} />}
      <Facts cell={cell} me={me} />
      {cell.sources.length > 0 && <Sources cell={cell} />}
      <History cell={cell} />
    </>
  );
}

interface ModalProps {
  labelledBy: string;
  onClose(): void;
  children: ComponentChildren;
}

/** A dialog that is open while it is there. When it goes, the focus returns to where it was. */
function Modal({ labelledBy, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isThere = useRef(true);
  useLayoutEffect(() => {
    const opened = dialog.current;
    isThere.current = true;
    opened?.showModal();
    return () => {
      // Another address has taken it away: its event comes too late, and must not lead back.
      isThere.current = false;
      opened?.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="drawer"
      aria-labelledby={labelledBy}
      onClose={() => isThere.current && onClose()}
    >
      {children}
    </dialog>
  );
}
