import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { ApiError } from '../../api/client.ts';
import { signIn } from '../../api/session.ts';
import { type UniversityWay, universityWay } from '../../api/ways.ts';
import { BASE } from '../../shell/address.ts';
import { LanguageChoice } from '../../shell/language-choice.tsx';
import { useTitle } from '../../shell/shell.tsx';
import { nextAddress, say } from '../../shell/signed-out.ts';
import { ThemeChoice } from '../../shell/theme.tsx';
import { useWords } from '../../words/language.tsx';
import { University } from './university.tsx';

type Proof = { token: string } | { code: string };

/** `/app/sign-in`: a token, or the one-time code in the fragment of the demo's address. */
export function SignIn() {
  const words = useWords();
  const { title, about, token, hint, submit, busy, ended, left } = words.signIn;
  const { query } = useLocation();
  const [refusal, setRefusal] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const [way, setWay] = useState<UniversityWay | null>();
  const field = useRef<HTMLInputElement>(null);
  useTitle(title);

  async function trySigningIn(proof: Proof): Promise<void> {
    setBusy(true);
    setRefusal(undefined);
    try {
      await signIn(proof);
      say('signed-in');
      window.location.replace(nextAddress(query.next));
    } catch (error) {
      setBusy(false);
      setRefusal(why(error, proof));
      field.current?.focus();
    }
  }

  function why(error: unknown, proof: Proof): string {
    if (!(error instanceof ApiError)) return words.errors.UNREADABLE;
    if (error.code === 'UNAUTHORIZED')
      return 'code' in proof ? words.signIn.refusedCode : words.signIn.refused;
    if (error.status === 404) return words.signIn.off;
    const { token, origin, host } = error.details;
    if (token) return words.signIn.tooLong;
    if (origin) return words.signIn.withoutHttps;
    if (host || error.code === 'FORBIDDEN') return words.signIn.otherAddress;
    return error.code === 'INVALID_REQUEST' ? error.message : words.errors[error.code];
  }

  useEffect(() => void universityWay().then(setWay), []);
  useEffect(() => {
    const code = new URLSearchParams(window.location.hash.slice(1)).get('code');
    if (code === null) return;
    // Neither the history nor a bookmark keeps the code.
    window.history.replaceState(null, '', window.location.pathname);
    void trySigningIn({ code });
  }, []);

  const reason = query.reason === 'ended' ? ended : query.reason === 'left' ? left : undefined;
  return (
    <main class="sign-in" id="content">
      <form
        aria-busy={way === undefined}
        onSubmit={(event) => {
          event.preventDefault();
          const value = field.current?.value.trim();
          if (value) void trySigningIn({ token: value });
        }}
      >
        <p class="brand">
          <img src={`${BASE}/favicon.svg`} alt="" width="32" height="32" />
          {words.common.product}
        </p>
        <h1>{title}</h1>
        <p>{about}</p>
        {reason && !refusal && <p class="note">{reason}</p>}
        <University way={way} reason={refusal ? undefined : query.reason} next={query.next} />
        {/* A session of a token does not work behind a proxy that names another person. */}
        {way !== 'proxy' && (
          <>
            <label for="token">{token}</label>
            <input
              id="token"
              ref={field}
              type="text"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              required
              aria-invalid={refusal !== undefined}
              aria-describedby={refusal ? 'refusal hint' : 'hint'}
            />
            {refusal && (
              <p id="refusal" class="refusal" role="alert">
                {refusal}
              </p>
            )}
            <p id="hint" class="about">
              {hint}
            </p>
            <button type="submit" class="main" disabled={isBusy}>
              {isBusy ? busy : submit}
            </button>
          </>
        )}
      </form>
      <footer>
        <LanguageChoice />
        <ThemeChoice />
      </footer>
    </main>
  );
}
