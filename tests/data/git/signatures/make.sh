#!/bin/sh
# Makes the keys, commits and tags beside it anew, with ssh-keygen, gpg and git.
set -eu
cd "$(dirname "$0")"
rm -rf keys objects
mkdir keys objects
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GNUPGHOME="$work/gnupg" HOME="$work" GIT_CONFIG_NOSYSTEM=1
mkdir -m 700 "$GNUPGHOME"
git init --quiet --initial-branch main "$work/repository"
git="git -C $work/repository -c user.name=Ada -c user.email=ada@example.org"

signed() { # name, then the options of git that choose format and key
    name=$1
    shift
    GIT_COMMITTER_DATE="1767225600 +0000" GIT_AUTHOR_DATE="1767225600 +0000" \
        $git "$@" commit --quiet --allow-empty -S -m "Signed by $name" -m "With a body."
    $git cat-file commit HEAD > "objects/$name.commit"
    GIT_COMMITTER_DATE="1767225600 +0000" $git "$@" tag -s -m "A release" "v-$name"
    $git cat-file tag "v-$name" > "objects/$name.tag"
    $git tag -d "v-$name" > /dev/null
}

for kind in ed25519 ecdsa:256 ecdsa:384 ecdsa:521 rsa:3072; do
    bits=${kind#*:}
    name=ssh-$(echo "$kind" | tr -d :)
    [ "$bits" = "$kind" ] && bits=0
    ssh-keygen -q -t "${kind%:*}" ${bits:+$([ "$bits" = 0 ] || echo "-b $bits")} -N '' -C "$name" -f "$work/$name"
    cp "$work/$name.pub" "keys/$name.sshpub"
    signed "$name" -c gpg.format=ssh -c user.signingkey="$work/$name"
done

gpg() { command gpg --batch --quiet --pinentry-mode loopback --passphrase '' --faked-system-time 1767000000 "$@"; }
printf '#!/bin/sh\nexec gpg --faked-system-time 1767225600 "$@"\n' > "$work/gpg"
chmod +x "$work/gpg"
for kind in ed25519 nistp256 rsa3072; do
    gpg --quick-generate-key "pgp-$kind" "$kind" sign never
done
# One whose key only vouches, and whose subkey signs.
gpg --quick-generate-key pgp-subkey ed25519 cert never
print() { gpg --with-colons --list-keys "$1" | sed -n 's/^fpr:*\([0-9A-F]*\):/\1/p' | head -1; }
gpg --quick-add-key "$(print pgp-subkey)" ed25519 sign never
gpg --quick-generate-key pgp-expired ed25519 sign 30d
gpg --quick-generate-key pgp-revoked ed25519 sign never
for name in pgp-ed25519 pgp-nistp256 pgp-rsa3072 pgp-subkey pgp-expired pgp-revoked; do
    signed "$name" -c gpg.program="$work/gpg" -c user.signingkey="$(print "$name")"
    if [ $name = pgp-revoked ]; then
        sed 's/^:---/---/' "$GNUPGHOME/openpgp-revocs.d/$(print $name).rev" | gpg --import
    fi
    gpg --armor --export "$(print "$name")" > "keys/$name.asc"
done
