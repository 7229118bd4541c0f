import { API } from '../../gateway/test/support.ts';

/** Categories and courses that the head of Informatics cannot read, as an address names them. */
export const OTHERS = {
  categories: ['FIB', 'FIB-SJ', 'FTI-TS', '3', '8', '9'],
  courses: ['104', '105', '106', '107'],
  texts: ['Statics', 'ANCI', 'C107'],
};
/** Nothing has these names. */
const UNKNOWN = { category: 'NO-SUCH', course: '999999', text: 'no such text' };

/** The calls of a page with names of others in place of its own, and the same with a name that nothing has. */
export function withOthers(url: string): { url: string; unknown: string; other: string; name: string }[] {
  const { pathname, searchParams } = new URL(url, 'http://gateway');
  const put = (name: string, value: string) => {
    const query = new URLSearchParams(searchParams);
    query.delete('cursor');
    query.set(name, value);
    return `${pathname}?${query}`;
  };
  const variants = (parameter: string, others: readonly string[], name: string) =>
    others.map((other) => ({ url: put(parameter, other), unknown: put(parameter, name), other, name }));
  const { categories, courses, texts } = OTHERS;
  switch (pathname.slice(API.length + 1).split('/')[0]) {
    case 'categories':
      return variants('parent', categories, UNKNOWN.category);
    case 'series':
      return [
        ...variants('category', categories, UNKNOWN.category),
        ...variants('course', courses, UNKNOWN.course),
      ];
    case 'summary':
      return variants('category', categories, UNKNOWN.category);
    case 'courses': {
      if (pathname === `${API}/courses`)
        return [...variants('category', categories, UNKNOWN.category), ...variants('q', texts, UNKNOWN.text)];
      const path = (course: string) => `${API}/courses/${course}?${searchParams}`;
      return courses.map((other) => ({
        url: path(other),
        unknown: path(UNKNOWN.course),
        other,
        name: UNKNOWN.course,
      }));
    }
    case 'cells': {
      const path = (course: string) => pathname.replace('/101/', `/${course}/`);
      return courses.map((other) => ({
        url: path(other),
        unknown: path(UNKNOWN.course),
        other,
        name: UNKNOWN.course,
      }));
    }
    default:
      return [];
  }
}
