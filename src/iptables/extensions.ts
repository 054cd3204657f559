/**
 * The options of every extension of iptables 1.8 that the vocabulary has no row for, with the number of
 * words that each takes: none where no number stands, `?` where a word follows or not. Read off the
 * option tables of the libxtables 1.8.9 extensions, of both families.
 */
const MATCHES: Readonly<Record<string, string>> = {
  bpf: '--bytecode 1, --object-pinned 1',
  cluster:
    '--cluster-total-nodes 1, --cluster-local-node 1, --cluster-local-nodemask 1, --cluster-hash-seed 1',
  condition: '--condition 1',
  connbytes: '--connbytes 1, --connbytes-dir 1, --connbytes-mode 1',
  connlabel: '--label 1, --set',
  connlimit:
    '--connlimit-upto 1, --connlimit-above 1, --connlimit-mask 1, --connlimit-saddr, --connlimit-daddr',
  cpu: '--cpu 1',
  dccp: '--source-port 1, --sport 1, --destination-port 1, --dport 1, --dccp-types 1, --dccp-option 1',
  devgroup: '--src-group 1, --dst-group 1',
  dst: '--dst-len 1, --dst-opts 1',
  ecn: '--ecn-tcp-cwr, --ecn-tcp-ece, --ecn-ip-ect 1',
  eui64: '',
  frag: '--fragid 1, --fraglen 1, --fragres, --fragfirst, --fragmore, --fraglast',
  geoip: '--src-cc 1, --dst-cc 1, --source-country 1, --destination-country 1',
  hashlimit:
    '--hashlimit-upto 1, --hashlimit-above 1, --hashlimit 1, --hashlimit-srcmask 1, --hashlimit-dstmask 1, --hashlimit-burst 1, --hashlimit-htable-size 1, --hashlimit-htable-max 1, --hashlimit-htable-gcinterval 1, --hashlimit-htable-expire 1, --hashlimit-mode 1, --hashlimit-name 1, --hashlimit-rate-match, --hashlimit-rate-interval 1',
  hbh: '--hbh-len 1, --hbh-opts 1',
  helper: '--helper 1',
  hl: '--hl-lt 1, --hl-gt 1, --hl-eq 1, --hl 1',
  icmp: '--icmp-type 1',
  icmp6: '--icmpv6-type 1',
  ipcomp: '--ipcompspi 1, --compres',
  iprange: '--src-range 1, --dst-range 1',
  ipv6header: '--header 1, --soft',
  ipvs: '--ipvs, --vproto 1, --vaddr 1, --vport 1, --vdir 1, --vmethod 1, --vportctl 1',
  l2tp: '--tid 1, --sid 1, --pid 1, --type 1',
  length: '--length 1',
  limit: '--limit 1, --limit-burst 1',
  mac: '--mac-source 1',
  mh: '--mh-type 1',
  nfacct: '--nfacct-name 1',
  osf: '--genre 1, --ttl 1, --log 1',
  physdev: '--physdev-in 1, --physdev-out 1, --physdev-is-in, --physdev-is-out, --physdev-is-bridged',
  pkttype: '--pkt-type 1',
  quota: '--quota 1',
  rateest:
    '--rateest1 1, --rateest 1, --rateest2 1, --rateest-bps1 ?, --rateest-pps1 ?, --rateest-bps2 ?, --rateest-pps2 ?, --rateest-bps ?, --rateest-pps ?, --rateest-delta, --rateest-lt, --rateest-gt, --rateest-eq',
  realm: '--realm 1',
  recent:
    '--set, --rcheck, --update, --remove, --seconds 1, --reap, --hitcount 1, --rttl, --name 1, --rsource, --rdest, --mask 1',
  rpfilter: '--loose, --validmark, --accept-local, --invert',
  rt: '--rt-type 1, --rt-segsleft 1, --rt-len 1, --rt-0-res, --rt-0-addrs 1, --rt-0-not-strict',
  sctp: '--source-port 1, --sport 1, --destination-port 1, --dport 1, --chunk-types 2',
  socket: '--transparent, --nowildcard, --restore-skmark',
  srh: '--srh-next-hdr 1, --srh-hdr-len-eq 1, --srh-hdr-len-gt 1, --srh-hdr-len-lt 1, --srh-segs-left-eq 1, --srh-segs-left-gt 1, --srh-segs-left-lt 1, --srh-last-entry-eq 1, --srh-last-entry-gt 1, --srh-last-entry-lt 1, --srh-tag 1, --srh-psid 1, --srh-nsid 1, --srh-lsid 1',
  statistic: '--mode 1, --probability 1, --every 1, --packet 1',
  string: '--from 1, --to 1, --algo 1, --string 1, --hex-string 1, --icase',
  tcpmss: '--mss 1',
  time: '--datestart 1, --datestop 1, --timestart 1, --timestop 1, --contiguous, --weekdays 1, --monthdays 1, --localtz, --utc, --kerneltz',
  ttl: '--ttl-lt 1, --ttl-gt 1, --ttl-eq 1, --ttl 1',
  u32: '--u32 1',
};

const TARGETS: Readonly<Record<string, string>> = {
  AUDIT: '--type 1',
  CHECKSUM: '--checksum-fill',
  CLASSIFY: '--set-class 1',
  CLUSTERIP: '--new, --hashmode 1, --clustermac 1, --total-nodes 1, --local-node 1, --hash-init 1',
  CONNSECMARK: '--save, --restore',
  DNAT: '--to-destination 1, --random, --persistent',
  DNPT: '--src-pfx 1, --dst-pfx 1',
  ECN: '--ecn-tcp-remove, --ecn-tcp-cwr 1, --ecn-tcp-ece 1, --ecn-ip-ect 1',
  HL: '--hl-set 1, --hl-dec 1, --hl-inc 1',
  HMARK:
    '--hmark-tuple 1, --hmark-src-prefix 1, --hmark-dst-prefix 1, --hmark-sport-mask 1, --hmark-dport-mask 1, --hmark-spi-mask 1, --hmark-sport 1, --hmark-dport 1, --hmark-spi 1, --hmark-proto-mask 1, --hmark-rnd 1, --hmark-mod 1, --hmark-offset 1',
  IDLETIMER: '--timeout 1, --label 1, --alarm',
  LED: '--led-trigger-id 1, --led-delay 1, --led-always-blink',
  LOG: '--log-level 1, --log-prefix 1, --log-tcp-sequence, --log-tcp-options, --log-ip-options, --log-uid, --log-macdecode',
  MASQUERADE: '--to-ports 1, --random, --random-fully',
  NFLOG: '--nflog-group 1, --nflog-prefix 1, --nflog-range 1, --nflog-size 1, --nflog-threshold 1',
  NFQUEUE: '--queue-num 1, --queue-balance 1, --queue-bypass, --queue-cpu-fanout',
  NOTRACK: '',
  QUEUE: '',
  RATEEST: '--rateest-name 1, --rateest-interval 1, --rateest-ewmalog 1',
  REDIRECT: '--to-ports 1, --random',
  REJECT: '--reject-with 1',
  SECMARK: '--selctx 1',
  SNAT: '--to-source 1, --random, --random-fully, --persistent',
  SNPT: '--src-pfx 1, --dst-pfx 1',
  SYNPROXY: '--sack-perm, --timestamp, --wscale 1, --mss 1, --ecn',
  TCPMSS: '--set-mss 1, --clamp-mss-to-pmtu',
  TCPOPTSTRIP: '--strip-options 1',
  TEE: '--gateway 1, --oif 1',
  TPROXY: '--on-port 1, --on-ip 1, --tproxy-mark 1',
  TRACE: '',
  TTL: '--ttl-set 1, --ttl-dec 1, --ttl-inc 1',
  ULOG: '--ulog-nlgroup 1, --ulog-prefix 1, --ulog-cprange 1, --ulog-qthreshold 1',
};

/** How many words an option takes; `optional` where that depends on what follows. */
export type Arity = 0 | 1 | 2 | 'optional';

/** The options of an extension; undefined for a name that is no extension known here. */
export function extensionOptions(kind: '-m' | '-j', name: string): ReadonlyMap<string, Arity> | undefined {
  const known = kind === '-m' ? READ_MATCHES : READ_TARGETS;
  return known.get(name);
}

const READ_MATCHES = readAll(MATCHES);
const READ_TARGETS = readAll(TARGETS);

function readAll(rows: Readonly<Record<string, string>>): ReadonlyMap<string, ReadonlyMap<string, Arity>> {
  return new Map(Object.entries(rows).map(([name, options]) => [name, readRow(options)]));
}

function readRow(options: string): ReadonlyMap<string, Arity> {
  const words = options.split(', ').filter((option) => option !== '');
  return new Map(
    words.map((option) => {
      const [flag = '', count = '0'] = option.split(' ');
      return [flag, count === '?' ? 'optional' : (Number(count) as 0 | 1 | 2)];
    }),
  );
}
