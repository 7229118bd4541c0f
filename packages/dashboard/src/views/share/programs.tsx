import { useState } from 'preact/hooks';
import { useWords } from '../../words/language.tsx';
import { type FileRequest, fileOf, programsFor } from './file-request.ts';

/** The same request for people who write programs. */
export function Programs({ request }: { request: FileRequest }) {
  const { share } = useWords();
  const { path, name } = fileOf(request);
  const programs = Object.entries(programsFor(window.location.origin + path, name));
  const [copied, setCopied] = useState<string>();
  const copy = (language: string, text: string) =>
    navigator.clipboard.writeText(text).then(
      () => setCopied(language),
      () => setCopied(undefined),
    );
  return (
    <section class="panel" aria-labelledby="programs">
      <header>
        <div>
          <h2 id="programs">{share.sameRequest}</h2>
          <p class="about">{share.sameRequestAbout}</p>
        </div>
      </header>
      {programs.map(([language, text]) => (
        <details key={language} open={language === 'curl'}>
          <summary>{language}</summary>
          <pre class="program">
            <code>{text}</code>
          </pre>
          {/* Browsers offer the clipboard over HTTPS and on this machine only. */}
          {window.isSecureContext && (
            <button type="button" class="quiet" onClick={() => copy(language, text)}>
              {share.copy(language)}
            </button>
          )}{' '}
          {copied === language && <span role="status">{share.copied}</span>}
        </details>
      ))}
      <p>
        <a href="/docs">{share.docs}</a>
      </p>
    </section>
  );
}
