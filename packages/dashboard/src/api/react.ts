import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

/**
 * What TanStack Query takes of React, made of Preact. All of `preact/compat` would be a tenth of the first view.
 */
export { createContext } from 'preact';
export { useCallback, useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';

/** The value of a store, as React's hook of this name: a change between render and subscription is not lost. */
export function useSyncExternalStore<Value>(
  subscribe: (changed: () => void) => () => void,
  read: () => Value,
): Value {
  const value = read();
  const [{ shown }, update] = useState({ shown: { value, read } });
  const check = () => {
    if (!Object.is(shown.value, shown.read())) update({ shown });
  };
  useLayoutEffect(() => {
    shown.value = value;
    shown.read = read;
    check();
  }, [subscribe, value, read]);
  useEffect(() => {
    check();
    return subscribe(check);
  }, [subscribe]);
  return value;
}
