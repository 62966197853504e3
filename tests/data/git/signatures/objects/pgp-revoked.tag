object 7389b993c6118260b67564a91ae166a5ec62f626
type commit
tag v-pgp-revoked
tagger Ada <ada@example.org> 1767225600 +0000

A release
-----BEGIN PGP SIGNATURE-----

iHUEABYIAB0WIQQXZzOX58oesnKVOTkH1qNmNMUaswUCaVW5AAAKCRAH1qNmNMUa
s6c9AP9FK1xYhbeAawxTu/otdvZkSzZHeNyphNhSTkkF6SRswgD+Ncx/r6iUX6nh
b5nKqmShlyRTHzynYjwym9y/B/CggwU=
=V67C
-----END PGP SIGNATURE-----
