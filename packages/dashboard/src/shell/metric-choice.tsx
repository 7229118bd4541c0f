import type { Metric } from '../api/types.ts';
import { useLanguage } from '../words/language.tsx';
import { useAddress, useShown } from './address.ts';

/** The figure that a line shows. It is in the address. */
export function MetricChoice() {
  const { figures } = useLanguage().words;
  const { metric } = useShown();
  const { change } = useAddress();
  return (
    <label class="choice">
      <span>{figures.metric}</span>
      <select value={metric} onChange={({ currentTarget }) => change({ metric: currentTarget.value })}>
        {(Object.keys(figures.metrics) as Metric[]).map((known) => (
          <option key={known} value={known}>
            {figures.metrics[known]}
          </option>
        ))}
      </select>
    </label>
  );
}
