import { LANGUAGES, type Language, useLanguage } from '../words/language.tsx';

export function LanguageChoice() {
  const { language, setLanguage, words } = useLanguage();
  return (
    <label class="choice">
      <span>{words.common.language}</span>
      <select value={language} onChange={({ currentTarget }) => setLanguage(currentTarget.value as Language)}>
        {Object.entries(LANGUAGES).map(([tag, { name }]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
