/** A route: its words as `ip route show table N` prints them. */
export interface Route {
  readonly words: string;
}

/** What the device is just now and who wrote the route: neither changes where packets go. */
const REMARKS = /\s(?:linkdown|dead|proto \S+)(?=\s|$)/g;

/** The text of `ip -4 route show table N`. */
export function parseRoutes(text: string): Route[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').replace(REMARKS, '').trim())
    .filter((line) => line !== '')
    .map((words) => ({ words }));
}

export function sameRoute(one: Route, other: Route): boolean {
  return one.words === other.words;
}
