import { useQuery } from '@tanstack/react-query';
import { api, bodyOf, PREFIX } from '../../api/client.ts';
import { useKept } from '../../api/kept.ts';
import { Twin } from '../../charts/twin.tsx';
import { Failure } from '../../shell/panel.tsx';
import { useWithheld } from '../../shell/withheld.ts';
import { useLanguage } from '../../words/language.tsx';
import type { FileRequest } from './file-request.ts';
import { flatTable } from './flat-table.ts';

const ROWS = 8;
/** So many columns have room on paper. `share.css` hides the others. */
const PAPER_COLUMNS = 8;

/** The first rows of the file, under the names of its columns. Those of another file stay until they come. */
export function Preview({ request }: { request: FileRequest }) {
  const { words, formats } = useLanguage();
  // The rows are the same in every format.
  const { format: _, ...rows } = request;
  const { data, error, refetch, isFetching, isPlaceholderData } = useKept(
    useQuery({
      queryKey: ['preview', rows],
      queryFn: ({ signal }) => firstRows(rows, signal),
    }),
  );
  const withheld = useWithheld(data?.withheld);
  if (error) return <Failure error={error} retry={refetch} />;
  if (!data) return <p class="waiting" />;
  const table = flatTable(data.rows);
  if (table.rows.length === 0)
    return <p class="empty">{[words.common.panel.nothing, withheld].filter(Boolean).join(' ')}</p>;
  return (
    <div class={isPlaceholderData ? 'preview old' : 'preview'} aria-busy={isFetching}>
      <Twin caption={words.share.preview} table={table} />
      <p class="about">
        {`${words.share.preview}: ${words.share.more(table.rows.length)}`}
        {table.columns.length > PAPER_COLUMNS && (
          <span class="on-paper">. {words.share.firstColumns(PAPER_COLUMNS, table.columns.length)}</span>
        )}
      </p>
      {withheld && <p class="about">{withheld}</p>}
      {data.missing.length > 0 && (
        <p class="about">{words.share.missing(formats.list(data.missing.map(formats.date)))}</p>
      )}
    </div>
  );
}

async function firstRows({ of, from, to, category, listing }: FileRequest, signal: AbortSignal) {
  if (of === 'listed') {
    const query = { from, to, ...listing, limit: ROWS, ...(category && { category }) };
    const answer = await bodyOf(api.GET(`${PREFIX}/courses`, { params: { query }, signal }));
    return fileIn(answer);
  }
  if (of === 'rows') {
    const query = { date: to, limit: ROWS };
    const answer = await bodyOf(api.GET(`${PREFIX}/export`, { params: { query }, signal }));
    return fileIn(answer);
  }
  const query = { from, to, group_by: of, limit: ROWS, ...(category && { category }) };
  const answer = await bodyOf(api.GET(`${PREFIX}/summary`, { params: { query }, signal }));
  return fileIn(answer);
}

interface Answer {
  data: object[];
  missing_dates?: string[];
  withheld_courses: number;
}

/** Only other formats are answered with text. */
function fileIn(answer: string | Answer) {
  if (typeof answer === 'string') throw new TypeError('The answer is no JSON');
  return { rows: answer.data, missing: answer.missing_dates ?? [], withheld: answer.withheld_courses };
}
