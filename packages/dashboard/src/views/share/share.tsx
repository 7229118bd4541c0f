import { useLocation } from 'preact-iso/router';
import { useMe } from '../../api/queries.ts';
import type { Me } from '../../api/types.ts';
import { addDays } from '../../dates.ts';
import { rangeOf, useShown } from '../../shell/address.ts';
import { Nothing } from '../../shell/nothing.tsx';
import { Failure } from '../../shell/panel.tsx';
import { RangeBar } from '../../shell/range-bar.tsx';
import { useTitle } from '../../shell/shell.tsx';
import { useWords } from '../../words/language.tsx';
import { useListing } from '../explore/listing.ts';
import { FilePanel } from './file-panel.tsx';
import { FILE_FORMATS, type FileFormat, type FileRequest, TAKEN, type Taken } from './file-request.ts';
import { Programs } from './programs/panel.tsx';
import { Scope } from './scope.tsx';

const DEFAULT_DAYS = 28;

/** `/app/share`: the figures of the range as a file, and as a request for programs. */
export function Share() {
  const words = useWords();
  useTitle(words.share.title);
  const me = useMe();
  const taken = useTaken();
  if (me.error && !me.data) return <Failure error={me.error} retry={me.refetch} />;
  if (me.data && (me.data.first_date === null || me.data.scope?.length === 0))
    return <Nothing me={me.data} />;
  return (
    <>
      <h1>{words.share.title}</h1>
      <RangeBar me={me.data} compares={taken === 'listed'} />
      {me.data && <Parts me={me.data} />}
    </>
  );
}

function Parts({ me }: { me: Me }) {
  const request = useFileRequest(me);
  return (
    <>
      <FilePanel request={request} />
      <Programs request={request} />
      <Scope me={me} />
    </>
  );
}

/** The file that the address asks for. The default range is that of the other views. */
function useFileRequest(me: Me): FileRequest {
  const { category, format: asked } = useLocation().query;
  const of = useTaken();
  const format: FileFormat = FILE_FORMATS.find((known) => known === asked) ?? 'csv';
  const shown = useShown();
  const { compare } = rangeOf(shown);
  const listing = { ...useListing(), ...(compare && { compare }) };
  const to = shown.to ?? me.last_final_date ?? me.last_completed_date ?? '';
  const from = shown.from ?? addDays(to, 1 - DEFAULT_DAYS);
  return { of, format, from, to, category, listing };
}

/** What the address asks for. */
function useTaken(): Taken {
  const { of } = useLocation().query;
  return TAKEN.find((known) => known === of) ?? 'day';
}
