import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { useAddress } from '../../../shell/address.ts';
import { useWords } from '../../../words/language.tsx';
import { type FileRequest, rowsRequestOf } from '../file-request.ts';
import { PROGRAMS, type Program } from './programs.ts';

const ALL = Object.keys(PROGRAMS) as Program[];

/** The same request for people who write programs, in the language of their choice. */
export function Programs({ request }: { request: FileRequest }) {
  const { share } = useWords();
  const { change } = useAddress();
  const { query } = useLocation();
  const chosen = ALL.find((known) => known === query.program) ?? 'curl';
  const { name, write } = PROGRAMS[chosen];
  const text = write(rowsRequestOf(request, window.location.origin));
  return (
    <section class="panel" aria-labelledby="programs">
      <header>
        <div>
          <h2 id="programs">{share.sameRequest}</h2>
          <p class="about">{share.sameRequestAbout}</p>
        </div>
        <label class="choice">
          <span>{share.program}</span>
          <select value={chosen} onChange={({ currentTarget }) => change({ program: currentTarget.value })}>
            {ALL.map((known) => (
              <option key={known} value={known}>
                {PROGRAMS[known].name}
              </option>
            ))}
          </select>
        </label>
      </header>
      <p>{share.needs[chosen]}</p>
      <Copy key={chosen} name={name} text={text} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: without links in it, only the focus lets a keyboard scroll it */}
      <pre class="program" tabIndex={0}>
        <code>{text}</code>
      </pre>
      <p>
        <a href="/docs">{share.docs}</a>
      </p>
    </section>
  );
}

function Copy({ name, text }: { name: string; text: string }) {
  const { share } = useWords();
  const [copied, setCopied] = useState<string>();
  // Browsers offer the clipboard over HTTPS and on this machine only.
  if (!window.isSecureContext) return null;
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied(text),
      () => setCopied(undefined),
    );
  return (
    <p>
      <button type="button" class="quiet" onClick={copy}>
        {share.copy(name)}
      </button>{' '}
      <span role="status">{copied === text && share.copied}</span>
    </p>
  );
}
