import { useMe } from '../../api/queries.ts';
import { Nothing } from '../../shell/nothing.tsx';
import { Failure } from '../../shell/panel.tsx';
import { RangeBar } from '../../shell/range-bar.tsx';
import { useTitle } from '../../shell/shell.tsx';
import { useWords } from '../../words/language.tsx';
import { Children } from './children.tsx';
import { Figures } from './figures.tsx';
import { HeatPanel } from './heat-panel.tsx';
import { LinePanel } from './line-panel.tsx';
import { NewestDay } from './newest-day.tsx';
import { Silent } from './silent.tsx';

/** `/app`: how the institution, or the reader's part of it, is doing. */
export function Home() {
  const { title } = useWords().home;
  useTitle(title);
  const me = useMe();
  if (me.error && !me.data) return <Failure error={me.error} retry={me.refetch} />;
  if (me.data && (me.data.first_date === null || me.data.scope?.length === 0))
    return <Nothing me={me.data} />;
  return (
    <>
      <NewestDay me={me.data} />
      <RangeBar me={me.data} />
      <Figures />
      <div class="panels">
        <LinePanel />
        <Children />
        <Silent />
        {me.data && <HeatPanel me={me.data} />}
      </div>
    </>
  );
}
