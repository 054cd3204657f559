import { openHost } from '../support/real-host.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';
import { takeoverSuite } from '../support/takeover-suite.ts';

for (const backend of BACKENDS) {
  describe(`apply and remove, on a real host, ${backend},`, function () {
    this.timeout(30_000);

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
    });

    takeoverSuite(openHost, backend);
  });
}
