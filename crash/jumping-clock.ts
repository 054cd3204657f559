/** For `node --import`: a clock of the wall that is a day ahead and a day behind, in turns. */
const DAY = 86_400_000;

const RealDate = Date;
let turn = 1;

function now(): number {
  turn = -turn;
  return RealDate.now() + turn * DAY;
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) => Reflect.construct(target, args.length === 0 ? [now()] : args) as Date,
  get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
});
