import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { WIDTH_STEP } from '../width-step.ts';
import { LINE_HEIGHT, LINE_MARGIN } from './frame.ts';

interface PointLink {
  /** The date of the point, or the first one of its interval. */
  date: string;
  /** The point in words. */
  text: string;
  /** A point without figures leads nowhere. */
  href: string | undefined;
}

const { marginLeft, marginRight } = LINE_MARGIN;

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 };

/**
 * Makes the points of the line below it links. A click goes to the nearest point: the line itself stays on top, so that
 * its tips appear. One link is in the order of the Tab key; arrow keys, Home and End lead to the others.
 */
export function PointLinks({
  links,
  name,
  children,
}: {
  links: readonly PointLink[];
  name: string;
  children: ComponentChildren;
}) {
  const { route } = useLocation();
  const place = useRef<HTMLUListElement>(null);
  const known = links.filter(({ href }) => href !== undefined);
  const [current, setCurrent] = useState<string>();
  const inTabOrder = known.some(({ date }) => date === current) ? current : known.at(-1)?.date;

  /** The picture below the pointer, and the link of the nearest point. */
  const at = ({ target, clientX }: MouseEvent) => {
    const picture = (target as Element).closest('.picture')?.querySelector('svg');
    if (!picture) return undefined;
    const { left, width } = picture.getBoundingClientRect();
    const room = width - marginLeft - marginRight;
    const link = links[Math.floor(((clientX - left - marginLeft) / room) * links.length)];
    return link?.href === undefined ? undefined : { picture, date: link.date, href: link.href };
  };
  const press = (event: PointerEvent) => {
    // Plot would keep the tip of a pressed point, which leads elsewhere.
    if (at(event)) event.stopPropagation();
  };
  const click = (event: MouseEvent) => {
    const link = at(event);
    if (!link) return;
    // The pointer stays where it is, but what opens lies above the picture: the tip goes. Plot hides it for a mouse only.
    link.picture.dispatchEvent(new PointerEvent('pointerleave', { pointerType: 'mouse' }));
    setCurrent(link.date);
    // The focus is where the page returns it to.
    place.current?.querySelector<HTMLElement>(`[data-date="${link.date}"]`)?.focus({ preventScroll: true });
    route(link.href);
  };
  const move = (event: KeyboardEvent) => {
    const date = (event.target as Element).closest<HTMLElement>('[data-date]')?.dataset.date;
    const index = known.findIndex((link) => link.date === date);
    const step = STEPS[event.key];
    if (index < 0 || (step === undefined && event.key !== 'Home' && event.key !== 'End')) return;
    event.preventDefault();
    const next = step === undefined ? (event.key === 'Home' ? 0 : known.length - 1) : index + step;
    const link = known[next];
    if (!link) return;
    setCurrent(link.date);
    place.current?.querySelector<HTMLElement>(`[data-date="${link.date}"]`)?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside are for keyboards
    // biome-ignore lint/a11y/useKeyWithClickEvents: the links inside are for keyboards
    <div class="point-links" onPointerDownCapture={press} onClick={click}>
      {children}
      <ul
        class="points"
        ref={place}
        aria-label={name}
        onKeyDown={move}
        style={{
          height: `${LINE_HEIGHT}px`,
          insetInlineStart: `${marginLeft}px`,
          // As wide as the picture.
          width: `calc(round(down, 100%, ${WIDTH_STEP}px) - ${marginLeft + marginRight}px)`,
        }}
      >
        {links.map(({ date, text, href }) => (
          <li key={date}>
            {href !== undefined && (
              <a href={href} data-date={date} tabIndex={date === inTabOrder ? 0 : -1}>
                <span class="unseen">{text}</span>
              </a>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
