/** The command that goes on with a run, as a shell takes it. */
import '../helpers/bare.js';
import t from 'tap';
import { resumeCommand } from '../../src/runs/resume-command.js';

t.equal(resumeCommand('runs/xor-1'), 'gradpool train --resume runs/xor-1');
t.equal(resumeCommand("it's"), "gradpool train --resume 'it'\\''s'");
t.equal(resumeCommand('-x'), 'gradpool train --resume ./-x');
t.equal(resumeCommand('- x'), "gradpool train --resume './- x'");
