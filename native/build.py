#!/usr/bin/env python3
"""
Builds the addon for all five systems, byte for byte the same on any Linux machine, into prebuilds/<system>/gradpool.node:

    python3 native/build.py [--check] [system …]

Compiles with the package `ziglang` in the version below, taken from where Python finds it, else from
GRADPOOL_ZIG (a folder that `pip install --target` filled), else put into a folder of its own by pip. With --check nothing
is written: exit code 1 where a file in prebuilds/ is not what is built, 3 where there is no compiler to be had.
"""

import hashlib
import importlib.util
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

ZIG = '0.17.1'
HERE = pathlib.Path(__file__).resolve().parent
PREBUILDS = HERE.parent / 'prebuilds'

# System: zig's target, instruction sets with the processors that have them, the addon's own.
X64 = {'avx2': 'x86_64_v3', 'avx512': 'x86_64_v4'}
SYSTEMS = {
    # The same bytes as for musl: nothing of a C library is used.
    'linux-x64': ('x86_64-linux-gnu.2.17', X64, 'x86_64'),
    'linux-arm64': ('aarch64-linux-gnu.2.17', {'neon': 'generic'}, 'generic'),
    'darwin-arm64': ('aarch64-macos.11.0', {'neon': 'apple_m1'}, 'apple_m1'),
    'darwin-x64': ('x86_64-macos.11.0', X64, 'x86_64'),
    'win32-x64': ('x86_64-windows-gnu', X64, 'x86_64'),
}
CONCERNS = ('dense', 'sparse', 'row', 'plain', 'loss', 'update')
# -fno-builtin: no loop becomes a call of memcpy. -ffp-contract=off: nothing is fused but what says so.
FLAGS = (
    '-c -O3 -g0 -std=c11 -ffreestanding -fno-builtin -ffp-contract=off -fno-math-errno -fvisibility=hidden '
    '-fno-stack-protector -fno-sanitize=all -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-ident '
    '-Wall -Wextra -Wno-unused-function'
).split()


def sources_hash() -> str:
    """SHA-256 over the names and contents of what the binaries are made of, in order of their names."""
    digest = hashlib.sha256()
    for path in sorted(HERE.iterdir(), key=lambda path: path.name):
        if path.suffix in ('.c', '.h', '.def', '.py'):
            digest.update(path.name.encode() + b'\0' + path.read_bytes() + b'\0')
    return digest.hexdigest()


def zig() -> list[str]:
    """The compiler's command."""
    given = os.environ.get('GRADPOOL_ZIG')
    if given:
        sys.path.insert(0, given)
    if importlib.util.find_spec('ziglang') is None:
        folder = pathlib.Path(tempfile.gettempdir()) / f'gradpool-ziglang-{ZIG}'
        if not (folder / 'ziglang').is_dir():
            pip = [sys.executable, '-m', 'pip', 'install', '--quiet', '--target', str(folder), f'ziglang=={ZIG}']
            if subprocess.run(pip, check=False).returncode != 0:
                shutil.rmtree(folder, ignore_errors=True)
                print(f'native/build.py: expected the package ziglang=={ZIG}, and pip could not install it', file=sys.stderr)
                sys.exit(3)
        sys.path.insert(0, str(folder))
    found = pathlib.Path(importlib.util.find_spec('ziglang').origin).parent / 'zig'
    version = subprocess.run([found, 'version'], check=True, capture_output=True, text=True).stdout.strip()
    if version != ZIG:
        print(f'native/build.py: expected zig {ZIG}, got {version}', file=sys.stderr)
        sys.exit(3)
    return [str(found)]


def without_time(binary: bytes) -> bytes:
    """A Windows binary without the second in which it was linked."""
    header = struct.unpack_from('<I', binary, 0x3C)[0]
    assert binary[header:header + 4] == b'PE\0\0'
    return binary[:header + 8] + bytes(4) + binary[header + 12:]


def build(compiler: list[str], system: str, work: pathlib.Path) -> bytes:
    """The bytes of one system's addon. All file names are relative and always the same: some get into the binary."""
    target, sets, own = SYSTEMS[system]
    work.mkdir()
    for path in HERE.iterdir():
        if path.suffix in ('.c', '.h', '.def'):
            shutil.copy(path, work)

    jobs = [('addon.o', ['addon.c', f'-mcpu={own}'])]
    for isa, cpu in sets.items():
        for concern in CONCERNS:
            for kind, flags in (('f32', []), ('f64', ['-DF64'])):
                jobs.append((f'{concern}-{kind}-{isa}.o', [f'{concern}.c', f'-mcpu={cpu}', f'-DISA_{isa}', *flags]))
    running = [
        subprocess.Popen([*compiler, 'cc', '-target', target, *FLAGS, *args, '-o', name], cwd=work) for name, args in jobs
    ]
    if any([each.wait() for each in running]):
        sys.exit(f'native/build.py: {system}: not compiled')

    if system.startswith('win32'):
        library = [*compiler, 'dlltool', '-m', 'i386:x86-64', '-D', 'node.exe', '-d', 'node_api.def', '-l', 'node.lib']
        subprocess.run(library, cwd=work, check=True)
        special = ['node.lib', '-Wl,--entry,DllMainCRTStartup']
    elif system.startswith('darwin'):
        special = ['-Wl,-install_name,@rpath/gradpool.node', '-Wl,-undefined,dynamic_lookup']
    else:
        special = ['-Wl,--build-id=none', '-Wl,--hash-style=gnu']
    link = [*compiler, 'cc', '-target', target, '-shared', '-nostdlib', '-s', *[name for name, _ in jobs], *special]
    subprocess.run([*link, '-o', 'gradpool.node'], cwd=work, check=True)
    binary = (work / 'gradpool.node').read_bytes()
    return without_time(binary) if system.startswith('win32') else binary


def main() -> int:
    wanted = [arg for arg in sys.argv[1:] if arg != '--check'] or list(SYSTEMS)
    compiler = zig()
    differ = []
    with tempfile.TemporaryDirectory() as folder:
        # An absolute path of the cache would not get into a binary; that of another build's could.
        os.environ.setdefault('ZIG_LOCAL_CACHE_DIR', str(pathlib.Path(folder) / 'cache'))
        for system in wanted:
            binary = build(compiler, system, pathlib.Path(folder) / system)
            place = PREBUILDS / system / 'gradpool.node'
            # What gradpool compares before it loads a binary: a damaged one would end the process.
            stated = place.with_suffix('.sha256')
            digest = f'{hashlib.sha256(binary).hexdigest()}\n'
            same = place.is_file() and place.read_bytes() == binary and stated.is_file() and stated.read_text() == digest
            print(f'{system}: {len(binary):,} bytes, sha256 {digest.strip()}{", as it was" if same else ""}')
            if '--check' in sys.argv:
                if not same:
                    differ.append(system)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(binary)
            stated.write_text(digest)
    recorded = PREBUILDS / 'sources.sha256'
    if '--check' in sys.argv:
        if differ:
            print(f'native/build.py: prebuilds/ is not what is built for {", ".join(differ)}', file=sys.stderr)
        return 1 if differ else 0
    recorded.write_text(f'{sources_hash()}\n')
    return 0


sys.exit(main())
