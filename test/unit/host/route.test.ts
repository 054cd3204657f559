import assert from 'node:assert/strict';
import { parseRoutes, sameRoute } from '../../../src/host/route.ts';

describe('parseRoutes', () => {
  it('reads the words of each route', () => {
    const text = 'default dev mast0 scope link \nunreachable default metric 4294967295 \n';
    assert.deepEqual(parseRoutes(text), [
      { words: 'default dev mast0 scope link' },
      { words: 'unreachable default metric 4294967295' },
    ]);
  });

  it('leaves out what the device is just now and who wrote the route', () => {
    const text =
      'default dev mast0 proto static scope link dead linkdown \n10.77.0.0/16  dev deadline proto 112 scope link\n';
    assert.deepEqual(parseRoutes(text), [
      { words: 'default dev mast0 scope link' },
      { words: '10.77.0.0/16 dev deadline scope link' },
    ]);
  });

  it('reads no routes from no text', () => {
    assert.deepEqual(parseRoutes('\n'), []);
  });
});

describe('a route', () => {
  it('is another one with other words', () => {
    const route = { words: 'default dev mast0 scope link' };
    assert.ok(sameRoute(route, { ...route }));
    assert.ok(!sameRoute(route, { words: 'default dev mast1 scope link' }));
  });
});
