# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2207 # completions are words
# Bash completion of nbsync(1).

# The mappings of the configuration that the line names, or of the usual one.
_nbsync_mappings() {
    local i config=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == --config ]] && config=(--config "${COMP_WORDS[i + 1]}")
    done
    nbsync check --dump "${config[@]}" 2>/dev/null | sed -n 's/^\[mapping \(.*\)\]$/\1/p'
}

_nbsync() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} options=
    local ask='--once --no-wait --config --socket --verbose --help'

    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W 'sync status commit branch confirm conflicts resolve restore
            discard log check convert policy --help --version' -- "$word"))
        return
    fi
    case $before in
    --config | --socket | --policy | --output | -o | --update | -u | --file)
        COMPREPLY=($(compgen -f -- "$word"))
        compopt -o filenames
        return
        ;;
    --to | -t)
        [ "$command" = convert ] || return
        COMPREPLY=($(compgen -W 'source ipynb' -- "$word"))
        return
        ;;
    --language | -l)
        COMPREPLY=($(compgen -W 'python sql scala r' -- "$word"))
        return
        ;;
    --outputs)
        COMPREPLY=($(compgen -W 'strip keep keep-tagged' -- "$word"))
        return
        ;;
    --op)
        COMPREPLY=($(compgen -W 'clone fetch commit push' -- "$word"))
        return
        ;;
    esac
    case $command in
    sync) options='--once --wait --config --socket --json --verbose --help' ;;
    commit) options="--summary $ask" ;;
    branch) options="--create --from $ask" ;;
    confirm | discard) options=$ask ;;
    conflicts) options='--json --once --config --socket --verbose --help' ;;
    resolve) options="--local --workspace --git --file $ask" ;;
    restore) options="--to $ask" ;;
    log) options='--number --json --config --help' ;;
    status) options='--json --watch --config --socket --help' ;;
    check) options='--config --dump --help' ;;
    convert)
        options='--to --output --update --language --outputs --strip-outputs --overwrite --check
            --recursive --exclude --verbose --filter --textconv --install-git --uninstall-git
            --help'
        ;;
    policy) options='--policy --op --help' ;;
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
        return
    fi
    case $command in
    sync | commit | branch | confirm | conflicts)
        COMPREPLY=($(compgen -W "$(_nbsync_mappings)" -- "$word"))
        ;;
    resolve | restore | discard | log)
        COMPREPLY=($(compgen -W "$(_nbsync_mappings)" -- "$word") $(compgen -f -- "$word"))
        compopt -o filenames
        ;;
    policy) [ "$COMP_CWORD" -gt 2 ] || COMPREPLY=($(compgen -W 'check' -- "$word")) ;;
    convert)
        COMPREPLY=($(compgen -f -- "$word"))
        compopt -o filenames
        ;;
    esac
}

complete -F _nbsync nbsync
