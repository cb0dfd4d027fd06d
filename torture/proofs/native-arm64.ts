/** The addon's NEON, and the fused kernels, by a Node for ARM on an emulated processor. */
import { join } from 'node:path';
import { nativeBy, nodeFor, programNamed } from '../elsewhere.js';
import type { Proof } from '../proof.js';

/** Where Debian's libc6-arm64-cross and libstdc++6-arm64-cross put a foreign program's libraries. */
const LIBRARIES = '/usr/aarch64-linux-gnu';

export const nativeArm64: Proof = {
  name: 'native-arm64',
  what: 'the same products by NEON and WebAssembly of an emulated ARM (qemu-user, a Node for ARM from npm)',
  short: 1,
  long: 3,
  async run(given) {
    const qemu = programNamed('qemu-aarch64', 'qemu-aarch64-static');
    return nativeBy([qemu, '-L', LIBRARIES, join(nodeFor('linux-arm64'), 'bin', 'node')], given);
  },
};
