# Makes a repository of tiny packages in /srv/lumi of a Debian, the only one that apt sees then. Tests run it, in a root or a
# container that is there to be changed.
set -e
rm -rf /srv/lumi && mkdir -p /srv/lumi/lists/partial && cd /srv/lumi
make() { # NAME VERSION DEPENDS POSTINST
    mkdir -p build/DEBIAN build/etc
    printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: lumi\nDescription: a sample\n%s' \
        "$1" "$2" "$3" > build/DEBIAN/control
    echo "version = $2" > "build/etc/$1.conf"
    echo "/etc/$1.conf" > build/DEBIAN/conffiles
    printf '#!/bin/sh\n%s\n' "$4" > build/DEBIAN/postinst
    chmod 755 build/DEBIAN/postinst
    dpkg-deb --build build "$1_$2.deb" > /dev/null
    { cat build/DEBIAN/control
      echo "Filename: ./$1_$2.deb"
      echo "Size: $(stat -c %s "$1_$2.deb")"
      echo "SHA256: $(sha256sum "$1_$2.deb" | cut -d ' ' -f 1)"
      echo; } >> Packages
    rm -r build
}
make lumi-sample 1.0 '' 'echo frontend $DEBIAN_FRONTEND; sleep 30 &'
make lumi-sample 2.0 '' ''
make lumi-sample-more 1.0 'Depends: lumi-sample
' ''
make lumi-sample-bad 1.0 '' 'echo the postinst is unhappy >&2; exit 7'
make lumi-sample-slow 1.0 '' 'echo now asleep; sleep 60'
echo 'deb [trusted=yes] file:/srv/lumi ./' > sources.list
cat > /etc/apt/apt.conf.d/99lumi-sample <<'END'
Dir::Etc::SourceList "/srv/lumi/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "/srv/lumi/lists";
END
