# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The `facetalk` command: one verb, its options, one line for every mistake."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import __version__
from .commands.errors import UserError

EXIT_OK, EXIT_INTERNAL, EXIT_USER = 0, 1, 2
EXIT_INTERRUPTED = 130

# Verb: module in commands/, help. A module is imported only when its verb is used, and a verb
# without its module does not exist.
_VERBS = {
    'animate': ('animate', 'make the face for a recording'),
    'talk': ('talk', 'run the talk node, a source and a recorder on the ROS graph'),
    'replay': ('replay', 'compute the face for a recorded bag, deterministically'),
    'sync': ('sync', 'measure whether the face of a recording is in time with its sound'),
    'plot': ('plot', 'draw the sound, the words and the face of a recording'),
    'view': ('view', 'show the face in the browser'),
    'express': ('express', 'tell which expression and accents a text gets'),
    'send': ('send', 'send a face to Unreal, VSeeFace and other programs'),
    'bench': ('bench', 'measure speed, latency and memory on this machine'),
    'eval': ('evaluate', 'measure the quality of the face on a data folder'),
    'train': ('training', 'train the models (extra [train])'),
    'doctor': ('doctor', 'tell what is installed, what is missing and how to get it'),
}
_ROS_VERBS = ('talk', 'view', 'send')


class _Parser(argparse.ArgumentParser):
    """Says what is wrong on one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USER, f'{self.prog}: {message} (see {self.prog} -h)\n')


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code.

    0: done. 2: the input cannot be used, one line on stderr says why. 130: interrupted. 1: an
    error in this program; FACETALK_DEBUG=1 shows where.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    logging.basicConfig(format='%(levelname)s: %(message)s', level=logging.WARNING)
    try:
        return _run(args)
    except SystemExit as end:  # argparse, after it has written what there is to say
        return end.code if isinstance(end.code, int) else EXIT_USER
    except UserError as error:
        print(f'facetalk {args[0]}: {" ".join(str(error).split())}', file=sys.stderr)
        return EXIT_USER
    except KeyboardInterrupt:
        print('interrupted', file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # nobody reads what is printed; keep the interpreter from trying again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except Exception as error:
        if os.environ.get('FACETALK_DEBUG'):
            raise
        print(
            f'facetalk: internal error, {type(error).__name__}: {error} '
            '(FACETALK_DEBUG=1 shows where)',
            file=sys.stderr,
        )
        return EXIT_INTERNAL


def _run(args: list[str]) -> int:
    parser = _Parser(
        prog='facetalk',
        description='A face that speaks: streaming audio and dialogue text in, 60 ARKit poses a '
        'second out.',
        epilog='facetalk VERB -h lists the options of a verb.',
    )
    parser.add_argument('--version', action='version', version=f'facetalk_ros {__version__}')
    verbs = parser.add_subparsers(dest='verb', metavar='VERB', required=True)
    for verb, (name, summary) in _VERBS.items():
        module_name = f'{__package__}.commands.{name}'
        if importlib.util.find_spec(module_name) is None:
            continue
        verb_parser = verbs.add_parser(
            verb, help=summary, description=f'{summary[0].upper()}{summary[1:]}.'
        )
        if args[:1] == [verb]:
            module = importlib.import_module(module_name)
            module.add_arguments(verb_parser)
            verb_parser.set_defaults(run=module.run)
    args, ros_args = _split_ros_args(args)
    given = parser.parse_args(args)
    if ros_args and given.verb not in _ROS_VERBS:
        raise UserError('--ros-args has no meaning here')
    given.ros_args = ros_args
    return int(given.run(given))


def _split_ros_args(args: list[str]) -> tuple[list[str], list[str]]:
    """Return what is for us, and what stands between --ros-args and -- or the end."""
    if '--ros-args' not in args:
        return args, []
    at = args.index('--ros-args')
    end = args.index('--', at) if '--' in args[at:] else len(args)
    return args[:at] + args[end + 1 :], args[at + 1 : end]


if __name__ == '__main__':
    sys.exit(main())
