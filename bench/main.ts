import { benchStartup } from './startup.ts';

benchStartup();
