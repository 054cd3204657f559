import { faultSuite } from '../support/fault-suite.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';
import { openHost } from '../support/real-host.ts';

for (const backend of BACKENDS) {
  describe(`a fault while applying, on a real host, ${backend},`, function () {
    this.timeout(30_000);

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
    });

    faultSuite(openHost, backend);
  });
}
