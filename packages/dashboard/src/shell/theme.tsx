import { useLayoutEffect, useState } from 'preact/hooks';
import { useWords } from '../words/language.tsx';

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const KEPT_AS = 'theme';

const kept = (): Theme => THEMES.find((theme) => theme === localStorage.getItem(KEPT_AS)) ?? 'auto';

/** Shows the page in the kept theme. `styles/tokens.css` has the colours. */
export function showTheme(theme: Theme = kept()): void {
  document.documentElement.dataset.theme = theme;
}

export function ThemeChoice() {
  const words = useWords().common.theme;
  const [theme, setTheme] = useState<Theme>(kept);
  useLayoutEffect(() => showTheme(theme), [theme]);
  return (
    <label class="choice">
      <span>{words.label}</span>
      <select
        value={theme}
        onChange={({ currentTarget }) => {
          localStorage.setItem(KEPT_AS, currentTarget.value);
          setTheme(currentTarget.value as Theme);
        }}
      >
        {THEMES.map((known) => (
          <option key={known} value={known}>
            {words[known]}
          </option>
        ))}
      </select>
    </label>
  );
}
