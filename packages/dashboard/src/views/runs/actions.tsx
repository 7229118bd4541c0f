import { useRunAction } from '../../api/run-queries.ts';
import type { DayReport } from '../../api/types.ts';
import { Refused } from '../../shell/refused.tsx';
import { useLanguage } from '../../words/language.tsx';
import { isActive, type Run } from './runs-of.ts';

interface ActionsProps {
  date: string;
  day: DayReport | undefined;
  newest: Run | undefined;
}

/** What an administrator can do with a date. The text of a button is its effect. */
export function Actions({ date, day, newest }: ActionsProps) {
  const { words, formats } = useLanguage();
  const { runs } = words;
  const { mutate, variables, isPending, isSuccess, error } = useRunAction();
  const name = formats.date(date);
  const isPurged =
    day?.state === 'purged' || newest?.batches.some((row) => row.failure_code === 'SOURCE_PURGED') === true;
  const isFuture = day?.state === 'future';
  return (
    <div class="actions">
      {newest && isActive(newest) && (
        <button
          type="button"
          disabled={isPending}
          onClick={() => mutate({ kind: 'cancel', runId: newest.id })}
        >
          {runs.cancel}
        </button>
      )}
      {newest?.status === 'failed' && (
        <button
          type="button"
          class="main"
          disabled={isPending}
          onClick={() => mutate({ kind: 'retry', runId: newest.id })}
        >
          {runs.retry}
        </button>
      )}
      {!isFuture && !(newest && isActive(newest)) && !isPurged && (
        <button
          type="button"
          class={newest ? undefined : 'main'}
          disabled={isPending}
          onClick={() => mutate({ kind: 'run', date, force: false })}
        >
          {newest ? runs.again(name) : runs.start(name)}
        </button>
      )}
      {isPurged && !(newest && isActive(newest)) && (
        <>
          <button
            type="button"
            disabled={isPending}
            onClick={() => mutate({ kind: 'run', date, force: true })}
          >
            {runs.smaller(name)}
          </button>
          <p class="about">{runs.smallerAbout}</p>
        </>
      )}
      {isSuccess && newest && isActive(newest) && (
        <p role="status">{variables.kind === 'cancel' ? runs.ending : runs.queued}</p>
      )}
      {error && (
        <Refused
          error={error}
          what={variables?.kind === 'cancel' ? runs.notCancelled : runs.notStarted}
          changed={runs.changed}
        />
      )}
    </div>
  );
}
