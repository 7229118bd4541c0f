import type { Me } from '../../api/types.ts';
import { stopViewing } from '../../api/view-as.ts';
import { Refused } from '../../shell/refused.tsx';
import { useViewAsWords } from '../../words/view-as/index.ts';
import { useBeginAnew } from './begin-anew.ts';

/** On every page while an administrator views as a viewer: as whom, and the way back. */
export function Mark({ me: { scope, view_as: viewed } }: { me: Me }) {
  const { mark, unknown, stop, notStopped } = useViewAsWords();
  const { isBusy, error, beginAnew } = useBeginAnew();
  const names = scope?.map(({ name }) => name).join(', ');
  const asked = [viewed?.directorate, viewed?.unit].filter(Boolean).join(', ');
  return (
    <>
      <p>{names ? mark(names) : unknown(asked)}</p>
      <button type="button" disabled={isBusy} onClick={() => void beginAnew(stopViewing)}>
        {stop}
      </button>
      {error && <Refused error={error} what={notStopped} />}
    </>
  );
}
