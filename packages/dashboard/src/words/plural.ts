/** A noun with its number, by the plural rules of a language. */
export function pluralIn(locale: string) {
  const rules = new Intl.PluralRules(locale);
  return (count: number, text: string, forms: { one?: string; other: string }): string =>
    `${text} ${(rules.select(count) === 'one' ? forms.one : undefined) ?? forms.other}`;
}
