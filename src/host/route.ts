/** A route: its words as `ip route show table N` prints them. */
export interface Route {
  readonly words: string;
}

/** What the device is just now, which is no part of the route. */
const TRANSIENT = /\s(?:linkdown|dead)(?=\s|$)/g;

/** The text of `ip -4 route show table N`. */
export function parseRoutes(text: string): Route[] {
  return text
    .split('\n')
    .map((line) => line.replace(TRANSIENT, '').replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
    .map((words) => ({ words }));
}

export function sameRoute(one: Route, other: Route): boolean {
  return one.words === other.words;
}
