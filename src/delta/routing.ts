import type { Route } from '../host/route.ts';
import { sameRoute } from '../host/route.ts';
import type { Change, Phases } from './change.ts';
import type { Step } from './step.ts';

/** A device that is absent cannot be made here: pluto makes it. */
export function linkSteps({ live, target }: Change): Phases {
  const set = (state: 'up' | 'down'): Step => ({
    tool: 'ip',
    args: ['link', 'set', 'dev', target.link.name, state],
  });
  const turns = `${live.link.state} ${target.link.state}`;
  return { before: turns === 'down up' ? [set('up')] : [], after: turns === 'up down' ? [set('down')] : [] };
}

/** A switch that we need is turned first; one that is given back, last. */
export function sysctlSteps({ live, target, ours }: Change): Phases {
  const changed = [...ours.sysctls].flatMap(([key, ourValue]) => {
    const on = target.sysctls.get(key);
    const isChanged = on !== undefined && on !== live.sysctls.get(key);
    return isChanged ? [{ step: { tool: 'sysctl', key, on } as const, isOurs: on === ourValue }] : [];
  });
  const stepsWhere = (wanted: boolean): Step[] =>
    changed.filter(({ isOurs }) => isOurs === wanted).map(({ step }) => step);
  return { before: stepsWhere(true), after: stepsWhere(false) };
}

/** Routes of our table that are foreign stay. */
export function routeSteps({ live, target, ours }: Change): Phases {
  const { table, routes } = ours.routes;
  const has = (held: readonly Route[], route: Route): boolean =>
    held.some((other) => sameRoute(other, route));
  const step = (verb: 'add' | 'del', { words }: Route): Step => ({
    tool: 'ip',
    args: ['route', verb, ...words.split(' '), 'table', String(table)],
  });
  const isWanted = (route: Route): boolean => has(target.routes.routes, route);
  const isLive = (route: Route): boolean => has(live.routes.routes, route);
  return {
    before: routes.filter((route) => isWanted(route) && !isLive(route)).map((route) => step('add', route)),
    after: routes.filter((route) => !isWanted(route) && isLive(route)).map((route) => step('del', route)),
  };
}
