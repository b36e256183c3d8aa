# Makes a repository of tiny packages in /srv/lumi-rpm of a system with rpmbuild and createrepo_c, and tells dnf and zypper of
# it. Tests run it, in a root that is there to be changed.
set -e
rm -rf /srv/lumi-rpm && mkdir -p /srv/lumi-rpm/build && cd /srv/lumi-rpm
make() { # NAME VERSION REQUIRES POST
    cat > build/package.spec <<END
Name: $1
Version: $2
Release: 1
Summary: a sample
License: MIT
BuildArch: noarch
$3
%description
A sample.
%install
mkdir -p %{buildroot}/etc
echo "version = $2" > %{buildroot}/etc/$1.conf
%post
$4
%files
%config(noreplace) /etc/$1.conf
END
    rpmbuild --quiet --define '_topdir /srv/lumi-rpm/build' --define '_rpmdir /srv/lumi-rpm' -bb build/package.spec
}
# What the packages of a whole distribution would bring.
make lumi-base 1.0 'Provides: /bin/sh' ''
make lumi-sample 1.0 '' 'echo installed'
make lumi-sample 2.0 '' ''
make lumi-sample-more 1.0 'Requires: lumi-sample' ''
make lumi-sample-bad 1.0 'Requires: lumi-nowhere' ''
make lumi-sample-slow 1.0 '' 'echo now asleep; sleep 60'
rm -r build
cat > groups.xml <<END
<?xml version="1.0" encoding="UTF-8"?>
<comps>
  <group>
    <id>lumi</id>
    <name>Lumi Samples</name>
    <description>Samples.</description>
    <uservisible>true</uservisible>
    <packagelist><packagereq type="mandatory">lumi-sample-more</packagereq></packagelist>
  </group>
</comps>
END
createrepo_c --quiet --groupfile groups.xml .
for folder in /etc/yum.repos.d /etc/zypp/repos.d; do
    mkdir -p "$folder"
    printf '[lumi]\nname=lumi samples\nbaseurl=file:///srv/lumi-rpm\ngpgcheck=0\n' > "$folder/lumi.repo"
done
