import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Failure } from '../shell/panel.tsx';
import { useLanguage } from '../words/language.tsx';
import type { Look } from './chart.ts';
import { WIDTH_STEP } from './width-step.ts';

type Pictures = typeof import('./pictures.ts');

/** Draws a picture in its place. */
export type Draw = (pictures: Pictures, look: Look) => Element;

/** The room of a panel on A4. Two panels that are not wide stand side by side. */
const PAPER_WIDTH = 648;
const HALF_PAPER_WIDTH = 304;

/** A picture as wide as its place. The library is loaded with the first picture of the page. */
export function Picture({ draw, height, label }: { draw: Draw; height: number; label: string }) {
  const { words, formats } = useLanguage();
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const { pictures, error, load } = usePictures();
  useLayoutEffect(() => {
    if (pictures && width > 0) place.current?.setAttribute('aria-busy', 'true');
  }, [draw, pictures, width, words, formats, label]);
  useEffect(() => {
    if (!pictures || width === 0) return;
    const show = (width: number) => {
      const drawn = draw(pictures, { width, words, formats });
      // Links can stand beside the picture itself.
      const svg = drawn.querySelector('svg') ?? drawn;
      // The picture has one name. Plot names each of its marks, in English.
      for (const mark of svg.querySelectorAll('[aria-label]')) mark.removeAttribute('aria-label');
      svg.setAttribute('role', 'img');
      svg.setAttribute('aria-label', label);
      place.current?.replaceChildren(drawn);
      place.current?.removeAttribute('aria-busy');
    };
    const onPaper = window.matchMedia('print');
    const isHalf = place.current?.closest('.panels > .panel:not(.wide)') != null;
    const turn = () => show(onPaper.matches ? (isHalf ? HALF_PAPER_WIDTH : PAPER_WIDTH) : width);
    // Drawing takes longer than the rest of a view: the page is painted first, and inputs come between two pictures.
    const waiting = setTimeout(turn);
    onPaper.addEventListener('change', turn);
    return () => {
      clearTimeout(waiting);
      onPaper.removeEventListener('change', turn);
    };
  }, [draw, pictures, width, words, formats, label]);
  return (
    <>
      {error && <Failure error={error} retry={load} />}
      <div class="picture" style={{ minHeight: `${height}px` }} ref={place} />
    </>
  );
}

function useWidth(place: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => {
      const room = entry?.contentRect.width ?? 0;
      setWidth(Math.floor(room / WIDTH_STEP) * WIDTH_STEP);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [place]);
  return width;
}

function usePictures() {
  const [pictures, setPictures] = useState<Pictures>();
  const [error, setError] = useState<Error>();
  const load = () => {
    setError(undefined);
    import('./pictures.ts').then(setPictures, setError);
  };
  useEffect(load, []);
  return { pictures, error, load };
}
