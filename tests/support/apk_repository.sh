# Makes a signed repository of tiny packages in /srv/lumi-apk of a system with apk and openssl, the only one that apk sees then.
# Tests run it, in a root that is there to be changed.
set -e
rm -rf /srv/lumi-apk && mkdir -p /srv/lumi-apk/noarch /etc/apk/keys /etc/apk/repositories.d && cd /srv/lumi-apk
openssl genrsa -out key.pem 2048 2> /dev/null
openssl rsa -in key.pem -pubout -out /etc/apk/keys/lumi-sample.rsa.pub 2> /dev/null
# An archive without its end, so that another one can follow.
part() { tar -c -b 1 --owner=0 --group=0 --numeric-owner "$@" | head -c -1024; }
sign() { # FILE: puts its signature before it
    openssl dgst -sha1 -sign key.pem -out .SIGN.RSA.lumi-sample.rsa.pub "$1"
    { part .SIGN.RSA.lumi-sample.rsa.pub | gzip -n; cat "$1"; } > signed
    mv signed "$1"
}
make() { # NAME VERSION DEPENDS POSTINSTALL
    mkdir -p etc
    echo "version = $2" > "etc/$1.conf"
    sum=$(sha1sum "etc/$1.conf" | cut -d ' ' -f 1)
    { part --no-recursion etc
      part --format=pax "--pax-option=APK-TOOLS.checksum.SHA1:=$sum" "etc/$1.conf"
      head -c 1024 /dev/zero; } | gzip -n > data.tar.gz
    printf 'pkgname = %s\npkgver = %s\npkgdesc = a sample\nurl = https://example.org\nsize = 100\narch = noarch\nlicense = MIT\n' \
        "$1" "$2" > .PKGINFO
    if [ -n "$3" ]; then echo "depend = $3" >> .PKGINFO; fi
    echo "datahash = $(sha256sum data.tar.gz | cut -d ' ' -f 1)" >> .PKGINFO
    printf '#!/bin/sh\n%s\n' "$4" > .post-install
    chmod 755 .post-install
    part .PKGINFO .post-install | gzip -n > control.tar.gz
    sign control.tar.gz
    cat control.tar.gz data.tar.gz > "noarch/$1-$2.apk"
    rm -r etc .PKGINFO .post-install control.tar.gz data.tar.gz
}
make lumi-sample 1.0-r0 '' 'echo installed'
make lumi-sample 2.0-r0 '' ''
make lumi-sample-more 1.0-r0 lumi-sample ''
make lumi-sample-bad 1.0-r0 lumi-nowhere ''
make apk-tools 1.0-r0 lumi-sample ''
make lumi-sample-slow 1.0-r0 '' 'echo now asleep; sleep 60'
architecture=$(apk --print-arch)
ln -s noarch "$architecture"
apk index --quiet --output APKINDEX.tar.gz noarch/*.apk
sign APKINDEX.tar.gz
mv APKINDEX.tar.gz noarch/
echo /srv/lumi-apk > /etc/apk/repositories
apk add --quiet --initdb
