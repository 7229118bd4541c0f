import { useFormats, useWords } from '../words/language.tsx';

/** How much a figure differs from the compared one: a sign and an arrow, so that colour says nothing alone. */
export function Change({ value }: { value: number | null }) {
  const formats = useFormats();
  const { change } = useWords().figures;
  const way = value === null || value === 0 ? 'same' : value > 0 ? 'up' : 'down';
  const arrow = { same: '', up: '▲ ', down: '▼ ' }[way];
  return (
    <span class={`change ${way}`} title={change}>
      <span aria-hidden="true">{arrow}</span>
      {formats.change(value)}
    </span>
  );
}
