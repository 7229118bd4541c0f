import { useCategories } from '../../api/queries.ts';
import { daysIn } from '../../dates.ts';
import { useAbout } from '../../shell/about.ts';
import { useAddress } from '../../shell/address.ts';
import { useLanguage } from '../../words/language.tsx';
import { FILE_FORMATS, type FileRequest, fileOf, mostDays, TAKEN } from './file-request.ts';
import { Preview } from './preview.tsx';

/** The choice of the file, the link to it, and its first rows. */
export function FilePanel({ request }: { request: FileRequest }) {
  const { words, formats } = useLanguage();
  const { share } = words;
  const { change } = useAddress();
  const { of, format = 'csv', from, to } = request;
  const isTooLong = daysIn(from, to) > mostDays(of);
  const file = fileOf(request);
  const about = useAbout(share.formats[format].about, {});
  const dates = of === 'rows' ? share.rowsOf(formats.date(to)) : formats.range(from, to);
  return (
    <section class="panel list" aria-labelledby="file">
      <header>
        <div>
          <h2 id="file">{share.about(share.of[of], dates)}</h2>
          <p class="about">{about}</p>
        </div>
        <label class="choice">
          <span>{share.format}</span>
          <select value={format} onChange={({ currentTarget }) => change({ format: currentTarget.value })}>
            {FILE_FORMATS.map((known) => (
              <option key={known} value={known}>
                {share.formats[known].name}
              </option>
            ))}
          </select>
        </label>
        <label class="choice">
          <span>{share.what}</span>
          <select value={of} onChange={({ currentTarget }) => change({ of: currentTarget.value })}>
            {TAKEN.map((known) => (
              <option key={known} value={known}>
                {share.of[known]}
              </option>
            ))}
          </select>
        </label>
      </header>
      {request.category && of !== 'rows' && <Within request={request} category={request.category} />}
      {of === 'listed' && <Listed request={request} />}
      {isTooLong ? (
        <p class="empty">{share.tooLong(mostDays(of))}</p>
      ) : (
        <>
          <p class="actions">
            <a class="button main" href={file.path} download={file.name}>
              {share.download(file.name)}
            </a>
          </p>
          <Preview request={request} />
        </>
      )}
    </section>
  );
}

/** The category that the file is limited to. */
function Within({ request: { from, to }, category }: { request: FileRequest; category: string }) {
  const { share } = useLanguage().words;
  const { hrefWith } = useAddress();
  const { data } = useCategories({ from, to, parent: category });
  return (
    <p>
      {share.within(data?.path.at(-1)?.name ?? category)}{' '}
      <a href={hrefWith({ category: undefined })}>{share.wholeScope}</a>
    </p>
  );
}

/** Which courses the file lists, and in which order. */
function Listed({ request: { listing } }: { request: FileRequest }) {
  const { share, explore, figures, home } = useLanguage().words;
  const { q, filter, sort, order } = listing;
  const columns = {
    ...figures.metrics,
    name: home.course,
    change: figures.change,
    last_active: figures.lastActive,
  };
  const parts = [
    filter !== 'all' && `${explore.filter.label}: ${explore.filter[filter]}`,
    q && `${explore.search}: “${q}”`,
    `${share.sorted[order]}: ${columns[sort]}`,
  ];
  return <p>{parts.filter(Boolean).join(' · ')}</p>;
}
