import assert from 'node:assert/strict';
import type { HostState } from '../../../src/host/state.ts';
import { trace } from '../../../src/trace/trace.ts';
import { hostOf } from '../../support/hosts.ts';
import { forwarded } from '../../support/packets.ts';

const SET = `create s hash:net family inet comment skbinfo
add s 10.0.0.0/8 comment "wide" skbmark 0x80010000/0xffff0000
add s 10.1.0.0/16 comment "narrow" skbmark 0x80020000/0xffff0000
add s 10.1.1.0/24 nomatch
add s 10.1.1.1 skbmark 0x80030000/0xffff0000
add s 10.2.0.0/16 comment "no mark"
create bare hash:net family inet
add bare 10.0.0.0/8
create six hash:net family inet6 skbinfo
create ports bitmap:port range 1-5 skbinfo
`;

function host(target: string): HostState {
  return hostOf({ mangle: `-A PREROUTING -j SET --map-set ${target}`, sets: SET });
}

describe('a rule that marks by a set', () => {
  const packets = [
    ['10.9.9.9', 0x80011234, 's 10.0.0.0/8 comment "wide" skbmark 0x80010000/0xffff0000'],
    ['10.1.2.3', 0x80021234, 's 10.1.0.0/16 comment "narrow" skbmark 0x80020000/0xffff0000'],
    ['10.1.1.2', 0x1234, undefined],
    ['10.1.1.1', 0x80031234, 's 10.1.1.1 skbmark 0x80030000/0xffff0000'],
    ['10.2.1.1', 0x1234, 's 10.2.0.0/16 comment "no mark"'],
    ['11.0.0.1', 0x1234, undefined],
  ] as const;
  for (const [dst, nfmark, element] of packets) {
    it(`lets the narrowest network decide: ${dst}`, () => {
      const way = trace(host('s dst --map-mark'), forwarded({ dst, nfmark: 0x1234 }));
      assert.deepEqual([way.nfmark, way.path.at(0)?.element, way.doubts], [nfmark, element, []]);
    });
  }

  it('asks for the source where it says so', () => {
    const way = trace(host('s src --map-mark'), forwarded({ src: '10.9.9.9', dst: '10.1.2.3' }));
    assert.equal(way.nfmark, 0x80010000);
  });

  for (const target of ['bare dst --map-mark', 's dst', 's dst --map-prio']) {
    it(`leaves the mark alone: ${target}`, () => {
      const way = trace(host(target), forwarded({ dst: '10.1.2.3' }));
      assert.deepEqual([way.nfmark, way.doubts], [0, []]);
    });
  }

  for (const target of ['nobody dst', 'six dst', 'ports dst']) {
    it(`is doubted where nobody can tell what the set says: ${target}`, () => {
      const way = trace(host(`${target} --map-mark`), forwarded());
      assert.deepEqual(way.doubts, [`-A PREROUTING -j SET --map-set ${target} --map-mark`]);
    });
  }
});
