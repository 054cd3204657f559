import { benchParser } from './parser.ts';
import { benchStartup } from './startup.ts';

benchStartup();
benchParser();
